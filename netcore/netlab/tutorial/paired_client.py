import socket, sys, threading

s = socket.socket()
s.connect(("127.0.0.1", int(sys.argv[1])))
s.send(sys.argv[2].encode())
print("got", s.recv(1024).decode().rstrip(), flush=True)

def listen():
    while True:
        message = s.recv(1024)
        if not message:
            return
        print("got", message.decode().rstrip(), flush=True)

threading.Thread(target=listen, daemon=True).start()
for line in sys.stdin:
    s.send(line.rstrip("\n").encode())
