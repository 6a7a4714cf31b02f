from cockpit.deploy.suspects.source_paths import Edit, SourceFile
from cockpit.deploy.suspects.stack_trace import Frame
from cockpit.deploy.suspects.suspicion import CLOSE, reason

CART = SourceFile("shop/cart.py", frozenset({"shop/cart.py"}), ((1, Frame("shop/cart.py", 40)),))
EDIT = Edit("shop/cart.py", "shop/cart.py", 3, 1)


def test_a_change_at_or_near_a_frame_is_the_strongest_evidence() -> None:
    assert reason([EDIT], [], [(1, 0)], [CART], False) == "changed shop/cart.py:40, which is frame 1 of the error"
    near = reason([EDIT], [], [(1, 2)], [CART], False)
    assert near == "changed 2 lines from shop/cart.py:40, which is frame 1 of the error"
    assert reason([EDIT], [], [(1, CLOSE + 1)], [CART], False) == "changed shop/cart.py (+3 −1), the file of frame 1"


def test_weaker_evidence_follows_in_its_order() -> None:
    other = Edit("shop/tax.py", "shop/tax.py", 1, 0)
    assert reason([other], ["total"], [], [CART], True) == "changed lines with total, which the report names"
    assert reason([other], [], [], [CART], True) == "changed shop/tax.py, beside a file that the report names"
    far = Edit("docs/x.md", "docs/x.md", 1, 0)
    assert reason([far], [], [], [CART], True) == "its title shares words with the report"
    assert reason([far], [], [], [CART], False) == "no evidence"


def test_untrusted_names_are_cleaned() -> None:
    assert "\x1b" not in reason([Edit("far/a", "far/a", 1, 0)], ["\x1b[31mx"], [], [CART], False)
