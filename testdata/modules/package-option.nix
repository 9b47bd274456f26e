{ lib }:
with lib;
{ modules = [ { options.p = mkPackageOption { hello = { type = "derivation"; name = "h"; }; } "hello" { }; options.q = mkPackageOption { } "none" { nullable = true; default = null; }; } ]; }
