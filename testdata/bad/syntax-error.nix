# error: 6:3-4 unexpected `}`, expecting `;`
# A forgotten semicolon.
{
  containers.web = {
    autoStart = true
  };
}
