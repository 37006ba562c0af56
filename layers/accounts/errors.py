"""What accounts refuse; see `layers.errors` for how refusals are made.

AccountsError
├── SignInRefusedError      PermissionError  name or password are not right: which is not told
├── AccountUnknownError     LookupError
├── AccountTakenError       ValueError       somebody has that name
├── AccountNameError        ValueError       no name for an account
├── PasswordUnfitError      ValueError       too short, too long, or the name itself
├── RoleUnknownError        LookupError
├── GrantUnknownError       LookupError
├── GrantLimitError         ValueError       an administrator is one everywhere
├── TokenUnknownError       LookupError
└── LastAdministratorError  RuntimeError     nobody would be left to give rights
"""

from layers.errors import LayersError


class AccountsError(LayersError):
    """Refuse something about accounts."""

    code = "accounts"


class SignInRefusedError(AccountsError, PermissionError):
    """Refuse to let somebody in; whether there is such a name is not said."""

    code = "sign_in_refused"


class AccountUnknownError(AccountsError, LookupError):
    """Refuse a name that no account has."""

    code = "account_unknown"
    names = ("name", "close")


class AccountTakenError(AccountsError, ValueError):
    """Refuse a name that an account has already."""

    code = "account_taken"
    names = ("name",)


class AccountNameError(AccountsError, ValueError):
    """Refuse what cannot be the name of an account."""

    code = "account_name_unfit"
    names = ("name", "longest")


class PasswordUnfitError(AccountsError, ValueError):
    """Refuse a password; `reason` is `short`, `long` or `name`."""

    code = "password_unfit"
    names = ("reason", "shortest", "longest")


class RoleUnknownError(AccountsError, LookupError):
    """Refuse a role that is not declared."""

    code = "role_unknown"
    names = ("role", "known")


class GrantUnknownError(AccountsError, LookupError):
    """Refuse the number of a grant that the account does not have."""

    code = "grant_unknown"
    names = ("number", "name")


class GrantLimitError(AccountsError, ValueError):
    """Refuse to limit a role that administers, which is without meaning."""

    code = "grant_limit"
    names = ("role",)


class TokenUnknownError(AccountsError, LookupError):
    """Refuse the beginning of a token that nobody has."""

    code = "token_unknown"
    names = ("prefix",)


class LastAdministratorError(AccountsError, RuntimeError):
    """Refuse to take the last administrator away."""

    code = "last_administrator"
    names = ("name",)
