"""Statements that the node signs, proofs that need no node, and how both are checked offline.

What checks (`verify`, and all that it imports) opens no file, no database and no connection.
"""
