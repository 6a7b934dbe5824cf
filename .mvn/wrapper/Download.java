import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;

/** Fetches one file where neither curl nor wget is installed: {@code java Download.java URL FILE}. */
public final class Download {
  private Download() {}

  /** Exits with 1 and one line when the file does not arrive. */
  public static void main(String[] arguments) throws InterruptedException {
    HttpClient client =
        HttpClient.newBuilder()
            .connectTimeout(Duration.ofSeconds(10))
            .followRedirects(HttpClient.Redirect.NORMAL)
            .build();
    HttpRequest request = HttpRequest.newBuilder(URI.create(arguments[0])).build();
    try {
      HttpResponse<Path> response =
          client.send(request, HttpResponse.BodyHandlers.ofFile(Path.of(arguments[1])));
      if (response.statusCode() == 200) {
        return;
      }
      System.err.println("the server answered " + response.statusCode());
    } catch (IOException e) {
      System.err.println("the server cannot be reached: " + e);
    }
    System.exit(1);
  }
}
