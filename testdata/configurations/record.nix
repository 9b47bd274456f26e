# The merged options of every container of `configuration`, as nixpkgs' module system has them.
# What needs packages is "@unknown@" here, and {"unknown": …} in the answer.
{
  lib,
  configuration,
  extra ? { },
}:
let
  unknown.unknown = "known after build";
  evaluated = lib.evalModules {
    modules = [
      ../../nixos-modules/containers.nix
      configuration
      extra
      {
        # Options of the host, whatever they are.
        freeformType = lib.types.lazyAttrsOf lib.types.anything;
        _module.args.pkgs = {
          path = "/@unknown@";
          git = "/@unknown@";
          hello = "/@unknown@";
        };
      }
    ];
  };
  defined = value: (builtins.tryEval (builtins.seq value true)).success;
  show =
    value:
    if builtins.isString value then
      (if lib.hasInfix "@unknown@" value then unknown else value)
    else if builtins.isList value then
      map show value
    else if builtins.isAttrs value then
      builtins.mapAttrs (_: show) value
    else
      value;
  # These have no default; everything else must evaluate.
  orNull = value: if defined value then show value else null;
  container =
    options:
    builtins.mapAttrs (_: show) (
      builtins.removeAttrs options [
        "config"
        "path"
        "pkgs"
        "root"
      ]
    )
    // {
      root = orNull options.root;
      config = if defined options.config then unknown else null;
      path =
        if !defined options.path && defined options.config then unknown else orNull options.path;
    };
in
{
  containers = builtins.mapAttrs (_: container) evaluated.config.containers;
}
