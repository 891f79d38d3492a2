using System.Security.Cryptography;

namespace LlmTelemetry.Service;

/// <summary>A file of the page.</summary>
/// <param name="Content">Its bytes.</param>
/// <param name="Type">Its media type.</param>
/// <param name="Tag">An entity tag: another content has another.</param>
internal sealed record PageFile(byte[] Content, string Type, string Tag);

/// <summary>The files of the page, which are in the assembly: plain HTML, CSS and modules, as they are written.</summary>
internal static class PageFiles
{
    public const string Index = "index.html";

    private const string Prefix = "page/";

    public static Dictionary<string, PageFile> Load()
    {
        var assembly = typeof(PageFiles).Assembly;
        return assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .ToDictionary(name => name[Prefix.Length..], name => Read(assembly.GetManifestResourceStream(name)!, name), StringComparer.Ordinal);
    }

    private static PageFile Read(Stream stream, string name)
    {
        using (stream)
        {
            var content = new byte[stream.Length];
            stream.ReadExactly(content);
            return new PageFile(content, TypeOf(name), $"\"{Convert.ToHexStringLower(SHA256.HashData(content))[..16]}\"");
        }
    }

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        var other => throw new InvalidOperationException($"The page has a file of no known type: {other}."),
    };
}
