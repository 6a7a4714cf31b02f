"""Checks `[people]` and returns the part that decisions and views may read. No address leaves this section."""

from cockpit.config.problems import Problems
from cockpit.config.sections import PeopleConfig
from cockpit.deploy.notification_policy import NotificationPolicy
from cockpit.rules.notifications.templates import placeholders, template_names, template_problem


def check_people(section: PeopleConfig, problems: Problems) -> NotificationPolicy:
    """Note every problem, without any address, and return the part that holds no secret."""
    for index, url in enumerate(section.urls, 1):
        if "://" not in url:
            problems.add("people.urls", f"must hold URLs such as slack://..., and number {index} is not a URL")
    for name, address in section.authors.items():
        if "://" not in address and not _is_handle(address):
            problems.add(f"people.authors.{name}", "must be a URL, or @ and the person's name at the service")
    for name, text in section.templates.items():
        key = f"people.templates.{name}"
        if name not in template_names():
            problems.add(key, "is an unknown template", near=(name, template_names()))
            continue
        problem, unknown = template_problem(name, text)
        if problem:
            problems.add(key, problem, near=(unknown, placeholders(name)) if unknown else None)
    handles = {name: address[1:] for name, address in section.authors.items() if _is_handle(address)}
    return NotificationPolicy(section.templates, handles, section.give_up)


def _is_handle(address: str) -> bool:
    return len(address) > 1 and address[0] == "@" and address.isprintable() and " " not in address
