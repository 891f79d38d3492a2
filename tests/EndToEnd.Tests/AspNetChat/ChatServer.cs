using System.Text.RegularExpressions;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.EndToEnd.Tests.AspNetChat;

/// <summary>The sample as its user runs it: a process of its own, on a free port, with its store in a folder of its own.</summary>
internal sealed partial class ChatServer : IAsyncDisposable
{
    private readonly Server _server;
    private readonly DirectoryInfo _folder;

    private ChatServer(Server server, DirectoryInfo folder)
    {
        _server = server;
        _folder = folder;
    }

    public Uri Address { get; private set; } = null!;

    /// <summary>The store that the sample keeps where nothing else is configured.</summary>
    public string Store => "sqlite:" + Path.Combine(_folder.FullName, "llmtelemetry.db");

    public static async Task<ChatServer> StartAsync()
    {
        var folder = Directory.CreateTempSubdirectory("llmtelemetry-chat-");
        string[] arguments = ["-u", "ANTHROPIC_API_KEY", Server.Need("dotnet"), Path.Combine(AppContext.BaseDirectory, "LlmTelemetry.AspNetChat.dll"), "--urls", "http://127.0.0.1:0"];
        var server = new ChatServer(Server.Start("/usr/bin/env", arguments, folder.FullName), folder);
        await Eventually.HoldsAsync(() => Task.FromResult(Listening().IsMatch(server._server.Output)), "the sample says where it listens");
        server.Address = new Uri(Listening().Match(server._server.Output).Groups[1].Value);
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [GeneratedRegex(@"Now listening on: (http://\S+)")]
    private static partial Regex Listening();
}
