"""Read what office programs write: Word, PowerPoint, Excel and OpenDocument."""
