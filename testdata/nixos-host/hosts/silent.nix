# Reloads without a word before.
{
  containers.web = {
    config = { };
    updateStrategy = "reload";
  };
  virtualisation.conex.preview.enable = false;
}
