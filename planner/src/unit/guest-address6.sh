# Of what sets up the guest's side, where `$0` is `ip`: nobody else has the address, so
# IPv6 need not look whether it is in use, which takes a second. Not every `ip` knows that.
address6() { "$0" -6 addr add "$@" nodad 2> /dev/null || "$0" -6 addr add "$@"; }
