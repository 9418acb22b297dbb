import socket, sys, threading

server = socket.socket()
server.bind(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 8080))
server.listen(1)
print("listening", server.getsockname()[1], flush=True)
conn, address = server.accept()
print("got", conn.recv(1024).decode(), flush=True)
conn.send(socket.gethostname().encode())

def listen():
    while True:
        message = conn.recv(1024)
        if not message:
            return
        print("got", message.decode().rstrip(), flush=True)

threading.Thread(target=listen, daemon=True).start()
for line in sys.stdin:
    conn.send(line.rstrip("\n").encode())
