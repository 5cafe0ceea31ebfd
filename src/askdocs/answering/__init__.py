"""Hits -> answer: quoted from the documents, or written by a language model and checked."""
