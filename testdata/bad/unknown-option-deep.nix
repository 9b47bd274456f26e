# error: 5:23-31 `containers.web.bindMounts."/srv".readOnly` does not exist; did you mean `isReadOnly`?
# An unknown option of a bind mount.
{
  containers.web = {
    bindMounts."/srv".readOnly = false;
    path = "/nix/var/nix/profiles/per-container/web";
  };
}
