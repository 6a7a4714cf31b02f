"""The rota: who commands next."""

from msgspec import Struct


class Rota(Struct, frozen=True):
    """The people who command, in their order; `[rota]` in config.toml."""

    people: tuple[str, ...] = ()
    """Each as `user@host`, or only `user` for that person at any machine."""

    def after(self, person: str) -> str:
        """Who is next after `person`; the first for somebody who is not on it, empty where nobody else is."""
        others = [one for one in self.people if not same(one, person)]
        place = next((index for index, one in enumerate(self.people) if same(one, person)), -1)
        later = [one for one in self.people[place + 1 :] if not same(one, person)]
        return (later or others or [""])[0]


def same(named: str, person: str) -> bool:
    """Whether the rota's `named` is that person: `ann` is `ann@` any machine."""
    return named == person or ("@" not in named and named == person.partition("@")[0])
