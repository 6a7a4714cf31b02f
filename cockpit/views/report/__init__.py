"""The post-mortem draft of a release in Markdown, HTML or JSON, with its charts as images."""
