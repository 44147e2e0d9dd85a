"""Recognise human activities from motion, and prove it on people never met."""
