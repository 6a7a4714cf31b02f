"""The application's repository: a bare mirror, and any other repository to try on."""
