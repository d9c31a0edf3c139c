"""Talking to Label Studio: its client, pushing tasks, a server on this machine, accounts."""
