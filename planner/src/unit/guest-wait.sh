# Inside, before `init`: says that the interfaces are there and waits for the host's
# side. Until there is an `init` that listens to it, the signal for a power-off
# (SIGRTMIN+3) ends the container.
trap 'exit 0' 37
made=$((LISTEN_FDS + 1)) ready=$((LISTEN_FDS + 2))
eval "echo made >&$made"
eval "read -r _ <&$ready" || { echo 'the network of the host is not set up' >&2; exit 1; }
eval "exec $made>&- $ready<&-"
LISTEN_FDS=$((LISTEN_FDS - 2))
if [ $LISTEN_FDS = 0 ]; then unset LISTEN_FDS LISTEN_PID; fi
