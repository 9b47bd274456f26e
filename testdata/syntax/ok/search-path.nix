# `<x>` calls what `__findFile` means where it stands.
[ <a> (let __nixPath = [ ]; in <b>) (__findFile: <c>) ]
