# error: 4:34-35 the file is not UTF-8
# A name written in Latin-1. The place is the first bad byte.
{
  containers.web.path = "/srv/café/system";
}
