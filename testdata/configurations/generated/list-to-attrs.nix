{
  containers = builtins.listToAttrs (
    map
      (user: {
        name = "home-${user}";
        value = {
          config.users.users.${user}.isNormalUser = true;
        };
      })
      [
        "ada"
        "grace"
      ]
  );
}
