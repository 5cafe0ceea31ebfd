"""Measures the answers against gold questions: right, refused and wrong, each counted apart."""
