package dev.swiftkv.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SqlStatementsTest {
  @Test
  void cutsAtSemicolons() {
    assertThat(SqlStatements.split("SELECT 1; SELECT 2;\n\n;SELECT\n 3"))
        .containsExactly("SELECT 1", "SELECT 2", "SELECT\n 3");
  }

  @Test
  void leavesQuotesAlone() {
    assertThat(SqlStatements.split("SELECT 'a;b', \"c;--d\", `e;/*f`; SELECT 'it\\'s;', 'x''y;'"))
        .containsExactly("SELECT 'a;b', \"c;--d\", `e;/*f`", "SELECT 'it\\'s;', 'x''y;'");
  }

  @Test
  void leavesCommentsOut() {
    assertThat(SqlStatements.split("SELECT 1 -- one; not two\n; /* a; /* b; */ c; */ SELECT 2"))
        .containsExactly("SELECT 1", "SELECT 2");
  }

  @Test
  void keepsHintsLikeComments() {
    assertThat(SqlStatements.split("SELECT /*+ BROADCAST(a) */ 1"))
        .containsExactly("SELECT /*+ BROADCAST(a) */ 1");
  }

  @Test
  void knowsWhetherOneHasBegun() {
    SqlStatements statements = new SqlStatements();
    assertThat(statements.add("  ")).isEmpty();
    assertThat(statements.isOpen()).isFalse();
    assertThat(statements.add("SELECT ';")).isEmpty();
    assertThat(statements.isOpen()).isTrue();
    assertThat(statements.add("';")).containsExactly("SELECT ';\n'");
    assertThat(statements.isOpen()).isFalse();
  }
}
