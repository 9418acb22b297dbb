import socket, sys, threading

s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s.connect(("127.0.0.1", int(sys.argv[1])))

def listen():
    while True:
        data = s.recv(4096)
        if not data:
            print("disconnected", flush=True)
            return
        print("got", data.decode().rstrip(), flush=True)

threading.Thread(target=listen, daemon=True).start()
print("ready", flush=True)
for line in sys.stdin:
    s.send(line.rstrip("\n").encode())
