"""Drivers: people and programs who use the marketplace only through its doors, over HTTP.

The demo and the flow tests use them; they import nothing of the apps.
"""
