"""Early warning of repeat minor and general offenders: reminder, key watch list, release."""
