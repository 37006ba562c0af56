"""Who may sign in, what each may do, and what everybody may see.

Roles are declared in `roles`; `rules` makes a `Scope` out of what somebody was granted, which is
what every door hands to the store.
"""

from layers.accounts.accounts import Accounts, open_accounts
from layers.accounts.journal import By, Entry
from layers.accounts.people import Account, Grant
from layers.accounts.roles import ROLES, Role
from layers.accounts.rules import Standing, Visitor
from layers.accounts.secrecy import Passwords
from layers.accounts.sessions import IDLE, LASTING, Session
from layers.accounts.tokens import Token

__all__ = [
    "IDLE",
    "LASTING",
    "ROLES",
    "Account",
    "Accounts",
    "By",
    "Entry",
    "Grant",
    "Passwords",
    "Role",
    "Session",
    "Standing",
    "Token",
    "Visitor",
    "open_accounts",
]
