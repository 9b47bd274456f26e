{ lib }:
with lib;
{ modules = [ { _type = "module"; } ]; }
