import socket, sys, threading

clients = []

def handle(conn):
    while True:
        data = conn.recv(2048)
        if not data:
            clients.remove(conn)
            conn.close()
            return
        for client in clients:
            client.send(data)

server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.bind(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 12345))
server.listen(100)
print("listening", server.getsockname()[1], flush=True)
while True:
    conn, address = server.accept()
    clients.append(conn)
    threading.Thread(target=handle, args=(conn,), daemon=True).start()
