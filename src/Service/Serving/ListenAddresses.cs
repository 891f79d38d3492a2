using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace LlmTelemetry.Service;

/// <summary>Where the service listens, and whether only this machine reaches it there.</summary>
internal static class ListenAddresses
{
    private const string Endpoints = "Kestrel:Endpoints";

    /// <summary>Addresses with ';' between them, as they are.</summary>
    /// <exception cref="FormatException">One is none.</exception>
    public static string Checked(string urls)
    {
        foreach (var url in Each(urls).DefaultIfEmpty(""))
        {
            _ = Parse(url);
        }

        return urls;
    }

    /// <summary>All addresses of a service: those named, else those of the section <c>Kestrel</c>, else the default one.</summary>
    /// <param name="urls">Those named; null: none.</param>
    /// <param name="configuration">The configuration.</param>
    /// <exception cref="OptionsValidationException">They contradict each other, or one is none.</exception>
    public static IReadOnlyList<string> Of(string? urls, IConfiguration configuration)
    {
        var endpoints = configuration.GetSection(Endpoints).GetChildren().ToArray();
        if (endpoints.Length == 0)
        {
            return [.. Each(urls ?? ServiceOptions.DefaultUrls)];
        }

        if (urls is not null)
        {
            throw Wrong(Endpoints, $"Both these and --urls ({ServiceFromConfiguration.Section}:Urls) say where to listen: say it in one of them.");
        }

        foreach (var endpoint in endpoints)
        {
            try
            {
                _ = Parse(endpoint["Url"] ?? "");
            }
            catch (FormatException cause)
            {
                throw Wrong($"{endpoint.Path}:Url", cause.Message);
            }
        }

        return [.. endpoints.Select(endpoint => endpoint["Url"]!)];
    }

    /// <summary>Whether only this machine reaches it there.</summary>
    public static bool IsLoopback(string url)
    {
        var host = Parse(url).Host;
        return host.StartsWith("unix:/", StringComparison.Ordinal) || IsLoopbackName(host);
    }

    /// <summary>Whether the host of a URL or of a request's Host header names this machine.</summary>
    public static bool IsLoopbackName(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    /// <summary>Fails unless there are keys where somebody else reaches the service.</summary>
    /// <exception cref="OptionsValidationException">There are none.</exception>
    public static void NeedKeys(IEnumerable<string> urls, bool hasKeys)
    {
        if (!hasKeys && urls.FirstOrDefault(url => !IsLoopback(url)) is { } open)
        {
            throw Wrong(
                $"{ServiceFromConfiguration.Section}:{nameof(ServiceOptions.Keys)}",
                $"There are none, and {open} is reached from other machines: whoever finds it could read, write and erase. Make a key with: llmtelemetry serve --new-key NAME --scopes read,write,admin; or listen on {ServiceOptions.DefaultUrls}.");
        }
    }

    private static string[] Each(string urls) => urls.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static BindingAddress Parse(string url)
    {
        var isHttp = url.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || url.StartsWith("https://", StringComparison.OrdinalIgnoreCase);
        try
        {
            var address = isHttp ? BindingAddress.Parse(url) : throw new FormatException();

            // Kestrel would take a path for a prefix of all others, and says so only when it starts.
            return address.PathBase.Length == 0 && address.Port is >= 0 and <= 65535 ? address : throw new FormatException();
        }
        catch (FormatException)
        {
            throw new FormatException($"'{url}' is nowhere to listen: write {ServiceOptions.DefaultUrls}, https://HOST:PORT, or several with ';' between them.");
        }
    }

    private static OptionsValidationException Wrong(string path, string what) => new(path, typeof(ServiceOptions), [$"{path}: {what}"]);
}
