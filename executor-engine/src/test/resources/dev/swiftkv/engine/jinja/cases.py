"""Writes cases.json: what Python's Jinja 3.1 renders for each template below.

The environment is the one in which the Transformers library renders chat templates. Run it again
after adding a template: python3 cases.py (needs the package jinja2).
"""

import json
import pathlib

import jinja2
import jinja2.ext
import jinja2.sandbox

VARIABLES = {
    "text": "  Hello, World  ",
    "word": "apple",
    "empty": "",
    "number": 7,
    "negative": -7,
    "fraction": 2.5,
    "yes": True,
    "no": False,
    "nothing": None,
    "items": [3, 1, 2],
    "words": ["b", "A", "c", "a"],
    "map": {"b": 1, "a": 2, "items": 3},
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hi <b>"},
        {"role": "assistant", "content": "<think>hm</think>\n\nHello"},
        {"role": "user", "content": "Bye"},
    ],
    "tools": [
        {
            "type": "function",
            "function": {
                "name": "weather",
                "description": "Says \"sun\" — or 'rain' & <more>",
                "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
            },
        }
    ],
}

TEMPLATES = [
    # White space around tags.
    "a\n{% if yes %}\nb\n{% endif %}\nc\n",
    "a\n  {% if yes %}\n  b\n  {% endif %}\nc\n\n",
    "a\n  {%- if yes -%}\n  b\n  {%- endif -%}\nc",
    "a {% if yes %} b {% endif %} c",
    "a\n  {%+ if yes %}x{% endif %}",
    "a\n{% if yes +%}\nx{% endif %}",
    "{{ 1 }}\n{{ 2 }}\n",
    "x   {{- 1 -}}   y",
    "{# note #}\na{# one\ntwo #}b\n  {# indented #}\nc",
    "a {#- tight -#} b",
    "{% set x = 1 %}\n{% set y = 2 %}\n{{ x + y }}",
    "  {% set x = 1 %}  {{ x }}",
    "{% for i in items %}\n  - {{ i }}\n{% endfor %}\n",
    "{% for i in items -%}\n  {{ i }}\n{%- endfor %}",
    "\n\n{% if yes %}\n\nx\n{% endif %}\n\n",
    "{% raw %}{{ x }} {% if %}{% endraw %}!",
    "{%- raw -%}  {{ x }}  {%- endraw -%}  y",
    "a\r\nb\r\n{% if yes %}\r\nc{% endif %}",
    "{% if yes %}a{% endif %}\n  {% if yes %}b{% endif %}\n",
    "tab\t{%- if yes %}\n\tb{% endif %}",
    # Literals and operators.
    "{{ 1 + 2 * 3 - 4 }} {{ 7 / 2 }} {{ 7 // 2 }} {{ -7 // 2 }} {{ 7 % 3 }} {{ -7 % 3 }} {{ 2 ** 3 }}",
    "{{ 1.5 + 1 }} {{ 4 / 2 }} {{ 1e3 }} {{ 1_000 }} {{ 0.1 + 0.2 }}",
    "{{ -number }} {{ +number }} {{ -2 ** 2 }}",
    "{{ 'a' ~ 1 ~ none ~ true ~ 1.0 }}",
    "{{ 'a' 'b' \"c\" }}",
    "{{ 'a\\nb\\t\\\\ \\'q\\' \\x41 \\u00e9' }}",
    "{{ \"it's\" }} {{ 'say \"x\"' }}",
    "{{ 'ab' * 3 }} {{ [1] + [2, 3] }}",
    "{{ true and false }} {{ true or false }} {{ not true }} {{ '' or 'x' }} {{ 'a' and 'b' }} {{ 0 or none }}",
    "{{ 1 < 2 < 3 }} {{ 1 < 2 > 3 }} {{ 1 == 1.0 }} {{ true == 1 }} {{ 'a' != 'b' }} {{ none == false }}",
    "{{ 'a' < 'b' }} {{ [1, 2] < [1, 3] }} {{ [1, 2] == [1, 2] }} {{ {'a': 1} == {'a': 1} }}",
    "{{ 1 in items }} {{ 9 in items }} {{ 'ell' in text }} {{ 'a' in map }} {{ 'z' not in map }} {{ not 1 in items }}",
    "{{ 'x' if yes else 'y' }} {{ 'x' if no else 'y' }} [{{ 'x' if no }}] {{ 1 if no else 2 if no else 3 }}",
    "{{ [1, 'a', none, true, 1.5] }} {{ {'a': [1], 'b': 'x'} }} {{ (1, 2)[1] }} {{ () | length }}",
    "{{ ['it\\'s', 'say \"x\"', 'both \\' and \"', 'new\\nline', 'back\\\\slash'] }}",
    "{{ {'a': {'b': {'c': 1}}}['a']['b'].c }}",
    "{{ 10000000000 * 10 }} {{ 3 - 5 }} {{ 2.0 * 3 }} {{ 1.0e10 }} {{ 123456.789 }}",
    "{{ 'a,b'.split(',')[0] ~ '%' }}{{ '%s-%d' % ('a', 3) }} {{ '%s' % 'x' }} {{ '%05.1f|%3d|%%' % (2.25, 4) }}",
    # Names, attributes, indices, slices.
    "{{ map.a }} {{ map['b'] }} {{ map['items'] }} {{ map.get('a') }} {{ map.get('z', 'd') }} {{ map.get('z') }}",
    "{{ messages[0].role }} {{ messages[-1]['content'] }} {{ messages[1:][0].role }} {{ messages[:-1] | length }}",
    "{{ items[1:] }} {{ items[:2] }} {{ items[::-1] }} {{ items[-2:] }} {{ items[5:] }} {{ items[::2] }} {{ items[2:0:-1] }}",
    "{{ word[1] }} {{ word[-1] }} {{ word[1:3] }} {{ word[::-1] }} {{ word[:100] }}",
    "[{{ missing }}] [{{ map.missing }}] [{{ items[10] }}] [{{ messages[0].tool_calls }}]",
    "{{ missing is defined }} {{ map.missing is defined }} {{ map.a is defined }} {{ nothing is defined }}",
    "{% if missing %}a{% else %}b{% endif %}{% for x in missing %}c{% endfor %}{{ missing | length }}",
    "{{ missing == missing2 }} {{ missing | default('d') }} {{ '' | default('d') }} {{ '' | default('d', true) }} {{ nothing | d('x') }}",
    "{% for key, value in map.items() %}{{ key }}={{ value }};{% endfor %}",
    "{% for key in map %}{{ key }}{% endfor %}{% for key in map.keys() %}{{ key }}{% endfor %}{% for v in map.values() %}{{ v }}{% endfor %}",
    "{{ map | items | list | length }}{% for k, v in map | items %}{{ k }}{{ v }}{% endfor %}{% for k, v in map | dictsort %}{{ k }}{{ v }}{% endfor %}",
    "{{ 'é日本🚀'[1] }} {{ 'é日本🚀' | length }} {{ 'é日本🚀'[::-1] }}",
    # Statements.
    "{% for m in messages %}{{ loop.index }}/{{ loop.length }} {{ loop.first }} {{ loop.last }} {{ loop.revindex }} {{ loop.index0 }} {{ loop.revindex0 }};{% endfor %}",
    "{% for m in messages if m.role == 'user' %}{{ loop.index }}{{ m.content }}{% else %}none{% endfor %}",
    "{% for m in messages if m.role == 'tool' %}x{% else %}none{% endfor %}",
    "{% for m in messages %}{{ loop.previtem.role if loop.previtem is defined }}<{{ m.role }}>{{ loop.nextitem.role if loop.nextitem }};{% endfor %}",
    "{% for i in items %}{% if i == 1 %}{% continue %}{% endif %}{{ i }}{% endfor %}",
    "{% for i in items %}{% if i == 1 %}{% break %}{% endif %}{{ i }}{% endfor %}",
    "{% for a in [1, 2] %}{% for b in [3, 4] %}{{ loop.index }}{{ a }}{{ b }}{% if b == 3 and a == 1 %}{% break %}{% endif %};{% endfor %}{{ loop.index }}{% endfor %}",
    "{% set x = 1 %}{% for i in items %}{% set x = i %}{{ x }}{% endfor %}{{ x }}",
    "{% set ns = namespace(found=false, n=0) %}{% for i in items %}{% set ns.n = ns.n + i %}{% if i == 1 %}{% set ns.found = true %}{% endif %}{% endfor %}{{ ns.n }} {{ ns.found }}",
    "{% if no %}{% set y = 1 %}{% else %}{% set y = 2 %}{% endif %}{{ y }}",
    "{% if no %}a{% elif number > 5 %}b{% elif yes %}c{% else %}d{% endif %}",
    "{% set a, b = 1, 2 %}{{ a }}{{ b }}{% set p = ('x', 'y') %}{{ p[0] }}",
    "{% set body %}in {{ word }}{% endset %}[{{ body }}]{% set up | upper %}{{ word }}{% endset %}{{ up }}",
    "{% for i in range(3) %}{{ i }}{% endfor %} {{ range(2, 8, 3) | list }} {{ range(5, 0, -2) | list }}",
    "{% for c in 'abc' %}{{ c }}-{% endfor %}{% for i in items %}{{ loop.cycle('odd', 'even') }}{% endfor %}",
    "{% for m in messages %}{{ loop.changed(m.role) }}{% endfor %}",
    "{% for x in [[1, [2, 3]], [4, []]] recursive %}{{ loop.depth }}{% if x is iterable and x is not string %}[{{ loop(x) }}]{% else %}{{ x }}{% endif %}{% endfor %}",
    "{% macro greet(name, mark='!') %}Hi {{ name }}{{ mark }}{% endmacro %}{{ greet('A') }}{{ greet('B', '?') }}{{ greet(mark='.', name='C') }}",
    "{% macro show(x) %}\n{{ x }}\n{% endmacro %}\n[{{ show(1) }}][{{ show(2) | trim }}]",
    "{% macro list_all() %}{{ varargs | join('+') }}{{ kwargs.get('z') }}{% endmacro %}{{ list_all(1, 2, z=3) }}",
    "{% macro fold(n) %}{% if n > 0 %}{{ n }}{{ fold(n - 1) }}{% endif %}{% endmacro %}{{ fold(3) }}",
    "{% macro box() %}<{{ caller() }}>{% endmacro %}{% call box() %}in{% endcall %}",
    "{% macro each(xs) %}{% for x in xs %}{{ caller(x) }}{% endfor %}{% endmacro %}{% call(x) each(items) %}({{ x }}){% endcall %}",
    "{% filter upper %}abc {{ word }}{% endfilter %}",
    "{% with a = 1, b = 2 %}{{ a + b }}{% endwith %}[{{ a }}]",
    "{% generation %}answer{% endgeneration %}!",
    "{% set x = {'a': 1, 'b': [1, 2]} %}{{ x.b[1] }}{{ x['a'] }}",
    # Filters.
    "[{{ text | trim }}] [{{ 'xxaxx' | trim('x') }}] {{ word | upper }} {{ 'ABC' | lower }} {{ 'hello wORLD' | capitalize }} {{ \"hello world's (end)\" | title }}",
    "{{ words | sort | join(',') }} {{ words | sort(reverse=true) | join }} {{ words | sort(case_sensitive=true) | join }} {{ items | sort }}",
    "{{ items | first }} {{ items | last }} {{ items | sum }} {{ items | min }} {{ items | max }} {{ items | reverse | list }} {{ 'abc' | reverse }} {{ items | length }} {{ items | count }}",
    "{{ words | unique | join }} {{ [1, 2, 1] | unique | list }} {{ items | join(', ') }} {{ messages | join('/', attribute='role') }}",
    "{{ messages | map(attribute='role') | join(',') }} {{ words | map('upper') | list }} {{ messages | map(attribute='x', default='-') | join }}",
    "{{ messages | selectattr('role', 'equalto', 'user') | map(attribute='content') | list }} {{ messages | rejectattr('role', '==', 'user') | list | length }} {{ messages | selectattr('role') | list | length }}",
    "{{ items | select('odd') | list }} {{ items | reject('odd') | list }} {{ [0, 1, '', none] | select | list }} {{ items | select('gt', 1) | list }} {{ messages | selectattr('role', 'in', ['system', 'user']) | list | length }}",
    "{{ messages | sort(attribute='role') | map(attribute='role') | join(' ') }} {{ [{'a': {'b': 2}}, {'a': {'b': 1}}] | map(attribute='a.b') | list }}",
    "{{ '3' | int + 1 }} {{ 'x' | int }} {{ 'x' | int(9) }} {{ '2.7' | float }} {{ 2.7 | int }} {{ number | string + 'x' }} {{ 2.5 | round }} {{ 2.678 | round(1) }} {{ 2.1 | round(0, 'ceil') }} {{ -3 | abs }}",
    "{{ 'a-b-c' | replace('-', '+') }} {{ 'a-b-c' | replace('-', '+', 1) }} {{ 'abc' | list }} {{ 'a b  c' | wordcount }} {{ '%s!' | format('x') }}",
    "{{ 'a\nb\n\nc' | indent }}|{{ 'a\nb' | indent(2, true) }}|{{ 'a\n\nb' | indent(2, blank=true) }}",
    "{{ '<a&b>' | e }} {{ '<a>' | safe }} {{ [1, 2, 3, 4, 5] | batch(2) | list }}",
    "{{ tools | tojson }}",
    "{{ tools[0] | tojson(indent=2) }}",
    "{{ {'b': 1, 'a': [none, true, 1.0, 'é\\n']} | tojson }} {{ {'b': 1, 'a': 2} | tojson(sort_keys=true) }} {{ [] | tojson }} {{ {} | tojson(indent=4) }} {{ '\"</x>\\u0001' | tojson }}",
    "{{ map | length }} {{ '' | length }} {{ word | first }} {{ word | last }} [{{ [] | first }}] [{{ [] | last }}]",
    "{{ not messages | length == 4 }} {{ messages | length - 1 }} {{ 'a' + word | upper + 'b' }} {{ -1 | abs }}",
    "{{ text | trim | lower | replace(',', '') | upper }}",
    # Tests.
    "{{ 1 is number }} {{ 'a' is string }} {{ nothing is none }} {{ map is mapping }} {{ items is iterable }} {{ 'a' is iterable }} {{ items is sequence }} {{ map is sequence }} {{ 1 is iterable }}",
    "{{ yes is true }} {{ no is false }} {{ 1 is true }} {{ yes is boolean }} {{ 1 is integer }} {{ 1.0 is float }} {{ yes is integer }} {{ yes is number }}",
    "{{ 3 is odd }} {{ 4 is even }} {{ 9 is divisibleby 3 }} {{ 9 is divisibleby(2) }} {{ 1 is eq 1 }} {{ 1 is ne 2 }} {{ 1 is lt 2 }} {{ 2 is gt 1 }} {{ 1 is in [1] }} {{ 1 is sameas 1 }}",
    "{{ nothing is not none }} {{ missing is undefined }} {{ missing is not defined and yes }} {{ 'a' is not string or no }} {{ not missing is defined }} {{ range is callable }}",
    "{{ 'abc' is lower }} {{ 'ABC' is upper }} {{ 'upper' is filter }} {{ 'odd' is test }} {{ 'nope' is filter }}",
    "{% if nothing is none and yes is defined %}a{% endif %}{{ 'x' if word is string else 'y' }}",
    # Methods.
    "[{{ text.strip() }}] [{{ text.lstrip() }}] [{{ text.rstrip() }}] {{ 'xxaxx'.strip('x') }} {{ 'abcba'.lstrip('ab') }} {{ 'a\n\n'.rstrip('\n') }}|",
    "{{ 'a,b,c'.split(',') }} {{ ' a  b '.split() }} {{ 'a,b,c'.split(',', 1) }} {{ 'a,b,c'.rsplit(',', 1) }} {{ 'abc'.split('x') }} {{ ''.split(',') }} {{ ''.split() }} {{ 'a\nb\n'.splitlines() }}",
    "{{ messages[2].content.split('</think>')[-1].lstrip('\\n') }} {{ messages[2]['content'].split('<think>')[1].split('</think>')[0] }}",
    "{{ word.startswith('ap') }} {{ word.endswith('le') }} {{ word.startswith(('x', 'a')) }} {{ word.upper() }} {{ 'ABC'.lower() }} {{ 'a b'.title() }} {{ 'aBC'.capitalize() }}",
    "{{ 'banana'.replace('a', 'o') }} {{ 'banana'.replace('a', 'o', 2) }} {{ 'banana'.find('n') }} {{ 'banana'.rfind('n') }} {{ 'banana'.find('z') }} {{ 'banana'.count('an') }}",
    "{{ ','.join(['a', 'b']) }} {{ '{} and {}'.format(1, 'b') }} {{ '{1}{0}{x}'.format('a', 'b', x='c') }} {{ 'prefix-x'.removeprefix('prefix-') }} {{ 'x.txt'.removesuffix('.txt') }}",
    "{{ '12'.isdigit() }} {{ 'ab'.isalpha() }} {{ ''.isdigit() }} {{ ' '.isspace() }} {{ 'A1'.isalnum() }} {{ 'AB'.isupper() }} {{ 'ab1'.islower() }}",
    "{{ items.index(1) }} {{ items.count(3) }} {{ dict(a=1, b=2) }} {{ dict(a=1).a }}",
    # Failures.
    "{{ raise_exception('No ' ~ word) }}",
    "{{ missing.attribute }}",
    "{{ missing + 1 }}",
    "{{ 'a' + 1 }}",
    "{{ 1 / 0 }}",
    "{% if %}x{% endif %}",
    "{% for i in items %}x",
    "{{ 1 | nofilter }}",
    "{{ 1 is notest }}",
    "{% unknown %}",
    "{{ 'open }}",
    "{{ (1 }}",
    "{% endif %}",
    "{{ missing() }}",
    "{{ 1 < 'a' }}",
    "{{ range(1000000) | list | length }}",
    "{{ items.append(4) }}",
    "{% for a, b in [[1, 2, 3]] %}{{ a }}{% endfor %}",
    # A long template of the kind that is published.
    """{%- if tools %}
    {{- '<|im_start|>system\\n' }}
    {%- if messages[0].role == 'system' %}
        {{- messages[0].content + '\\n\\n' }}
    {%- endif %}
    {{- "# Tools\\n\\n<tools>" }}
    {%- for tool in tools %}
        {{- "\\n" }}
        {{- tool | tojson }}
    {%- endfor %}
    {{- "\\n</tools><|im_end|>\\n" }}
{%- endif %}
{%- set ns = namespace(multi_step_tool=true, last_query_index=messages|length - 1) %}
{%- for message in messages[::-1] %}
    {%- set index = (messages|length - 1) - loop.index0 %}
    {%- if ns.multi_step_tool and message.role == "user" and not(message.content.startswith('<r>') and message.content.endswith('</r>')) %}
        {%- set ns.multi_step_tool = false %}
        {%- set ns.last_query_index = index %}
    {%- endif %}
{%- endfor %}
{%- for message in messages %}
    {%- if (message.role == "user") or (message.role == "system" and not loop.first) %}
        {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}
    {%- elif message.role == "assistant" %}
        {%- set content = message.content %}
        {%- set reasoning_content = '' %}
        {%- if message.reasoning_content is defined and message.reasoning_content is not none %}
            {%- set reasoning_content = message.reasoning_content %}
        {%- else %}
            {%- if '</think>' in message.content %}
                {%- set content = message.content.split('</think>')[-1].lstrip('\\n') %}
                {%- set reasoning_content = message.content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}
            {%- endif %}
        {%- endif %}
        {%- if loop.index0 > ns.last_query_index %}
            {{- '<|im_start|>' + message.role + '\\n<think>\\n' + reasoning_content.strip('\\n') + '\\n</think>\\n\\n' + content.lstrip('\\n') }}
        {%- else %}
            {{- '<|im_start|>' + message.role + '\\n' + content }}
        {%- endif %}
        {{- '<|im_end|>\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt is not defined or add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
{%- endif %}""",
    """{{- bos_token }}
{%- if not date_string is defined %}
    {%- set date_string = "26 Jul 2024" %}
{%- endif %}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content']|trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}
{{- "<|start_header_id|>system<|end_header_id|>\\n\\n" }}
{{- "Today Date: " + date_string + "\\n\\n" }}
{{- system_message }}
{{- "<|eot_id|>" }}
{%- for message in messages %}
    {%- if not (message.role == 'ipython' or message.role == 'tool' or 'tool_calls' in message) %}
        {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n'+ message['content'] | trim + '<|eot_id|>' }}
    {%- elif 'tool_calls' in message %}
        {%- if not message.tool_calls|length == 1 %}
            {{- raise_exception("This model only supports single tool-calls at once!") }}
        {%- endif %}
        {%- set tool_call = message.tool_calls[0].function %}
        {{- '{"name": "' + tool_call.name + '", ' }}
        {{- tool_call.arguments | tojson }}
        {{- "}" }}
    {%- endif %}
{%- endfor %}""",
]


class Generation(jinja2.ext.Extension):
    """The tag that marks the assistant's own text; it writes what is in it."""

    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.Scope(body).set_lineno(line)


def raise_exception(message):
    raise jinja2.exceptions.TemplateError(message)


def tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(
        value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys
    )


def main():
    environment = jinja2.sandbox.ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols]
    )
    environment.filters["tojson"] = tojson
    environment.globals["raise_exception"] = raise_exception
    cases = []
    for source in TEMPLATES:
        case = {"template": source}
        try:
            case["expected"] = environment.from_string(source).render(**VARIABLES)
        except Exception as error:  # Every kind of failure is one here.
            case["fails"] = type(error).__name__
        cases.append(case)
    target = pathlib.Path(__file__).with_name("cases.json")
    target.write_text(
        json.dumps({"variables": VARIABLES, "cases": cases}, ensure_ascii=False, indent=1) + "\n",
        encoding="utf-8",
    )
    print(len(cases), "cases,", sum("fails" in case for case in cases), "of them fail")


main()
