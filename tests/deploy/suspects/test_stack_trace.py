"""Stack traces are read as each runtime writes them, innermost frame first."""

import time

import pytest

from cockpit.deploy.suspects.stack_trace import Frame, StackTrace, read_trace

PYTHON = """Traceback (most recent call last):
  File "/srv/app/shop/pages.py", line 10, in page
    return cart()
  File "/srv/app/shop/cart.py", line 88, in total
    return price / 0
ZeroDivisionError: division by zero
"""
JAVASCRIPT = """TypeError: Cannot read properties of undefined (reading 'price')
    at Cart.total (/app/src/cart.js:88:13)
    at async handler (webpack:///./src/pages/[id].tsx?a1b2:12:3)
    at /app/src/index.js:5:1
"""
GO = """panic: runtime error: invalid memory address or nil pointer dereference
goroutine 1 [running]:
example.com/shop/cart.(*Cart).Total(0xc000, 0x1)
\t/go/src/example.com/shop/cart/cart.go:88 +0x1d
main.main()
\t/go/src/main.go:12 +0x20
"""
JAVA = """java.lang.NullPointerException: Cannot invoke "Price.net()"
\tat com.shop.cart.Cart.total(Cart.java:88)
\tat java.base/java.lang.Thread.run(Thread.java:829)
"""
PHP = """PHP Fatal error:  Uncaught Error: Call to undefined method Cart::net() in /var/www/src/Cart.php:88
Stack trace:
#0 /var/www/src/Page.php(12): App\\Cart->total()
#1 {main}
  thrown in /var/www/src/Cart.php on line 88
"""
RUBY = """app/models/cart.rb:88:in `total': undefined method `price' for nil:NilClass (NoMethodError)
\tfrom app/pages.rb:12:in 'Page#show'
"""
RUST = """thread 'main' panicked at src/cart.rs:88:5:
index out of bounds
   3: shop::cart::Cart::total
             at ./src/cart.rs:88:13
   4: shop::main::{{closure}}
             at ./src/main.rs:5:9
"""
C = """#0  0x00007f7ead0564a3 in total_of (cart=0x0) at ../src/core/cart.c:88
    #1 0x4f in page_of /src/core/page.c:640:5
==4730==    by 0x496A6B8: serve (serve.h:355)
"""


@pytest.mark.parametrize(
    ("text", "frames"),
    [
        (PYTHON, [("/srv/app/shop/cart.py", 88, "total"), ("/srv/app/shop/pages.py", 10, "page")]),
        (
            JAVASCRIPT,
            [
                ("/app/src/cart.js", 88, "total"),
                ("///./src/pages/[id].tsx", 12, "handler"),
                ("/app/src/index.js", 5, ""),
            ],
        ),
        (GO, [("/go/src/example.com/shop/cart/cart.go", 88, "Total"), ("/go/src/main.go", 12, "main")]),
        (JAVA, [("com/shop/cart/Cart.java", 88, "total"), ("java/lang/Thread.java", 829, "run")]),
        (PHP, [("/var/www/src/Cart.php", 88, ""), ("/var/www/src/Page.php", 12, "total")]),
        (RUBY, [("app/models/cart.rb", 88, "total"), ("app/pages.rb", 12, "show")]),
        (RUST, [("src/cart.rs", 88, ""), ("./src/cart.rs", 88, "total"), ("./src/main.rs", 5, "main")]),
        (
            C,
            [("../src/core/cart.c", 88, "total_of"), ("/src/core/page.c", 640, "page_of"), ("serve.h", 355, "serve")],
        ),
    ],
    ids=["python", "javascript", "go", "java", "php", "ruby", "rust", "c"],
)
def test_the_frames_of_each_runtime_are_parsed(text: str, frames: list[tuple[str, int, str]]) -> None:
    assert read_trace(text).frames == tuple(Frame(*frame) for frame in frames)


def test_chained_errors_keep_the_order_of_both() -> None:
    text = f"{PYTHON}\nDuring handling of the above exception, another exception occurred:\n\n" + PYTHON.replace(
        "cart.py", "till.py"
    )
    assert [frame.path.rpartition("/")[2] for frame in read_trace(text).frames] == ["cart.py", "pages.py", "till.py"]


def test_paths_and_symbols_of_a_message_are_parsed() -> None:
    trace = read_trace("POST /pay fails, see hack/make.sh and src/Makefile: `clientsCron` calls processInput() in HTML")
    assert trace.frames == ()
    assert {"hack/make.sh", "src/Makefile"} <= set(trace.paths)
    assert {"clientsCron", "processInput"} <= set(trace.symbols)


@pytest.mark.parametrize(
    "form", ["{}", "see {}.", "'{}'", "({}), and", "in {}: it", "/srv/app/{}", "a/{}", "{} | 12 ++--"]
)
@pytest.mark.parametrize("path", ["hack/make.sh", "src/core/nm-utils.c", "docs/list.txt", "a/b/tool", ".ci/run.yml"])
def test_a_path_is_found_anywhere_in_a_sentence(form: str, path: str) -> None:
    paths = read_trace(form.format(path)).paths
    assert any(found == path or found.endswith(f"/{path}") for found in paths), paths


def test_a_url_is_no_path() -> None:
    assert read_trace("see https://example.com/shop/cart.html").paths == ()


def test_a_text_without_names_is_empty() -> None:
    assert read_trace("it is slow").empty
    assert read_trace("").empty


@pytest.mark.parametrize("part", ["a/", "a.b.", "x.c:", "a_", '"', "::", "at a", "(", "\\", 'File "'])
def test_a_hostile_report_is_parsed_quickly(part: str) -> None:
    began = time.perf_counter()
    read_trace((part * 1000 + "\n") * 200)
    read_trace(part * 200_000)
    assert time.perf_counter() - began < 20, "2 s on a machine of its own"


def test_a_trace_with_symbols_alone_is_not_empty() -> None:
    assert StackTrace().empty
    assert not StackTrace(symbols=("ring_up",)).empty
