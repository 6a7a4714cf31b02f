"""A release as a document: the draft of a post-mortem, in Markdown, HTML or JSON, with its charts as pictures."""
