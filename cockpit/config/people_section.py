"""Checks `[people]`, and takes out of it what decisions and views may know: no address leaves this section."""

from cockpit.config.problems import Problems
from cockpit.config.sections import PeopleConfig
from cockpit.deploy.notification_policy import People
from cockpit.rules.notifications.templates import names, placeholders, problem


def check_people(given: PeopleConfig, problems: Problems) -> People:
    """Every problem noted, none with an address in it; the part that holds no secret."""
    for index, url in enumerate(given.urls, 1):
        if "://" not in url:
            problems.add("people.urls", f"must hold URLs such as slack://..., and number {index} is none")
    for name, address in given.authors.items():
        if "://" not in address and not _handle(address):
            problems.add(f"people.authors.{name}", "must be a URL, or @ and what the service calls that person")
    for name, text in given.templates.items():
        if name not in names():
            problems.add(f"people.templates.{name}", "is nothing that is told", near=(name, names()))
            continue
        wrong, unknown = problem(name, text)
        if wrong:
            problems.add(f"people.templates.{name}", wrong, near=(unknown, placeholders(name)) if unknown else None)
    handles = {name: address[1:] for name, address in given.authors.items() if _handle(address)}
    return People(given.templates, handles, given.give_up)


def _handle(address: str) -> bool:
    return len(address) > 1 and address[0] == "@" and address.isprintable() and " " not in address
