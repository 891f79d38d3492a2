namespace LlmTelemetry.Instrumentation;

/// <summary>Where a provider runs the calls, as far as the host that they are sent to tells and the price depends on it.</summary>
internal static class ServerRegions
{
    private const string Vertex = "aiplatform.googleapis.com";
    private const string VertexByContinent = ".rep.googleapis.com"; // aiplatform.eu.rep.googleapis.com
    private const string OpenAI = ".api.openai.com"; // eu.api.openai.com: the data stays in the European Union
    private const string XAI = ".api.x.ai"; // us-east-1.api.x.ai

    public static string? Of(Uri? server)
    {
        if (server is not { IsAbsoluteUri: true })
        {
            return null;
        }

        var host = server.Host; // In lower case.
        if (host == Vertex)
        {
            return "global";
        }

        if (LabelBefore("-" + Vertex, host) is { } location)
        {
            return location;
        }

        if (host.StartsWith("aiplatform.", StringComparison.Ordinal) && LabelBefore(VertexByContinent, host["aiplatform.".Length..]) is { } continent)
        {
            return continent;
        }

        // The country, or the union of some, is what xAI's prices go by; the rest says which of its data centres.
        return LabelBefore(OpenAI, host) ?? LabelBefore(XAI, host)?.Split('-')[0];
    }

    private static string? LabelBefore(string suffix, string host) =>
        host.EndsWith(suffix, StringComparison.Ordinal) && host.Length > suffix.Length && !host.AsSpan(0, host.Length - suffix.Length).Contains('.')
            ? host[..^suffix.Length] : null;
}
