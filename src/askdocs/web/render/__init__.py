"""Makes all the HTML of the page. Everything that is not a constant here goes through `escape`.

Nothing here loads from anywhere: no styles, no links and no pictures but those of this server.
"""
