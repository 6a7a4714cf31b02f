"""GitHub, GitLab, Gitea and Forgejo through one port."""
