"""The deploy calendar, the rota and the presence of commanders."""
