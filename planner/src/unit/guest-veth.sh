# Names the interface and gives it the addresses that the conf names.
"$0" link set host0 name eth0
if [ -n "${LOCAL_MAC_ADDRESS-}" ]; then "$0" link set eth0 address "$LOCAL_MAC_ADDRESS"; fi
"$0" link set eth0 up
if [ -n "${LOCAL_ADDRESS-}" ]; then "$0" addr add "$LOCAL_ADDRESS" dev eth0; fi
if [ -n "${LOCAL_ADDRESS6-}" ]; then address6 "$LOCAL_ADDRESS6" dev eth0; fi
if [ -n "${HOST_ADDRESS-}" ]; then
  "$0" route add "$HOST_ADDRESS" dev eth0
  "$0" route add default via "$HOST_ADDRESS"
fi
if [ -n "${HOST_ADDRESS6-}" ]; then
  "$0" -6 route add "$HOST_ADDRESS6" dev eth0
  "$0" -6 route add default via "$HOST_ADDRESS6"
fi
