"""Words for what a person does with the keyboard alone, on any page."""

from playwright.sync_api import Page


def tab_to(page: Page, name: str, *, role: str) -> None:
    """Press Tab until the control of this name has the focus."""
    wanted = page.get_by_role(role, name=name, exact=True)
    for _ in range(60):
        page.keyboard.press("Tab")
        if wanted.evaluate("(element) => element === document.activeElement"):
            return
    raise AssertionError(f"Tab never came to {name}")
