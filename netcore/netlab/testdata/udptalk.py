"""Talks raw UDP text: udptalk.py OWN_PORT HOST PORT

One socket sends what comes on stdin to HOST:PORT, another prints what arrives.
"""
import socket, sys, threading

own, host, port = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
inbox = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
inbox.bind(("", own))
outbox = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

def listen():
    while True:
        text, address = inbox.recvfrom(1024)
        print(address[0], text.decode(), flush=True)

threading.Thread(target=listen, daemon=True).start()
print("listening", flush=True)
for line in sys.stdin.buffer:
    outbox.sendto(line.rstrip(b"\n"), (host, port))
