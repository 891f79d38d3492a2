using System.Formats.Tar;
using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.EndToEnd.Tests.Packaging;

/// <summary>A container registry on loopback with one base image of one empty folder: enough for the SDK to build an image on it, where no real one can be reached.</summary>
internal sealed class LoopbackRegistry : IDisposable
{
    private const string ManifestType = "application/vnd.docker.distribution.manifest.v2+json";

    // As in the real base images: the user without rights.
    private static readonly string[] Environment = ["PATH=/usr/bin", "APP_UID=1654"];

    private readonly HttpListener _listener = new();
    private readonly Dictionary<string, byte[]> _blobs = new(StringComparer.Ordinal);
    private readonly byte[] _manifest;

    public LoopbackRegistry()
    {
        var port = Server.FreePort();
        BaseImage = $"localhost:{port}/dotnet/aspnet:10.0";
        var tar = Tar();
        var (layer, config) = (Compressed(tar), JsonSerializer.SerializeToUtf8Bytes(new
        {
            architecture = "amd64",
            os = "linux",
            config = new { Env = Environment },
            rootfs = new { type = "layers", diff_ids = new[] { Digest(tar) } },
        }));
        _blobs[Digest(layer)] = layer;
        _blobs[Digest(config)] = config;
        _manifest = JsonSerializer.SerializeToUtf8Bytes(new
        {
            schemaVersion = 2,
            mediaType = ManifestType,
            config = new { mediaType = "application/vnd.docker.container.image.v1+json", size = config.Length, digest = Digest(config) },
            layers = new[] { new { mediaType = "application/vnd.docker.image.rootfs.diff.tar.gzip", size = layer.Length, digest = Digest(layer) } },
        });
        _listener.Prefixes.Add($"http://localhost:{port}/");
        _listener.Start();
        _ = Task.Run(ServeAsync);
    }

    /// <summary>The base image's name.</summary>
    public string BaseImage { get; }

    public void Dispose() => _listener.Close();

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            try
            {
                Answer(await _listener.GetContextAsync());
            }
            catch (Exception cause) when (cause is HttpListenerException or ObjectDisposedException)
            {
                // Closed, or a client that went away.
            }
        }
    }

    private void Answer(HttpListenerContext context)
    {
        var path = context.Request.Url!.AbsolutePath;
        var (body, type) = path.Contains("/manifests/", StringComparison.Ordinal) ? (_manifest, ManifestType)
            : _blobs.TryGetValue(path[(path.LastIndexOf('/') + 1)..], out var blob) ? (blob, "application/octet-stream")
            : ("{}"u8.ToArray(), "application/json");
        context.Response.ContentType = type;
        context.Response.ContentLength64 = body.Length;
        context.Response.Headers["Docker-Content-Digest"] = Digest(body);
        context.Response.OutputStream.Write(context.Request.HttpMethod == "HEAD" ? [] : body);
        context.Response.Close();
    }

    private static byte[] Tar()
    {
        using var stream = new MemoryStream();
        using (var writer = new TarWriter(stream, leaveOpen: true))
        {
            writer.WriteEntry(new PaxTarEntry(TarEntryType.Directory, "etc/"));
        }

        return stream.ToArray();
    }

    private static byte[] Compressed(byte[] content)
    {
        using var stream = new MemoryStream();
        using (var gzip = new GZipStream(stream, CompressionLevel.Fastest))
        {
            gzip.Write(content);
        }

        return stream.ToArray();
    }

    private static string Digest(byte[] content) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(content));
}
