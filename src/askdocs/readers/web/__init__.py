"""Read what is written in HTML: pages and books."""
