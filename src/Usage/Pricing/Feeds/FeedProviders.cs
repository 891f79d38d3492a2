using System.Text.Json;
using System.Text.Json.Nodes;

namespace LlmTelemetry.Usage;

/// <summary>Which provider of the embedded book a feed means, so that the feed's prices are found by the names that calls carry.</summary>
internal static class FeedProviders
{
    /// <summary>Vertex AI is no provider of the embedded book, where it is Google's; LiteLLM and models.dev price it apart.</summary>
    public const string Vertex = "vertex_ai";

    private const string XAi = "x-ai";

    private static readonly Dictionary<string, string> Ids = new(StringComparer.Ordinal)
    {
        ["gemini"] = "google",
        ["google-vertex"] = Vertex,
        ["google-vertex-anthropic"] = Vertex,
        ["bedrock"] = "aws",
        ["bedrock_converse"] = "aws",
        ["bedrock_mantle"] = "aws",
        ["amazon-bedrock"] = "aws",
        ["azure_ai"] = "azure",
        ["azure_text"] = "azure",
        ["xai"] = XAi,
        ["together_ai"] = "together",
        ["togetherai"] = "together",
        ["fireworks_ai"] = "fireworks",
        ["fireworks_ai-embedding-models"] = "fireworks",
        ["fireworks-ai"] = "fireworks",
        ["cohere_chat"] = "cohere",
        ["text-completion-openai"] = "openai",
        ["moonshot"] = "moonshotai",
        ["voyage"] = "voyageai",
        ["github_copilot"] = "github-copilot",
        ["cloudflare-workers-ai"] = "cloudflare",
        ["novita-ai"] = "novita",
    };

    private static readonly string[] VertexNames = ["gcp.vertex_ai", "vertexai", "vertex", "google-vertex", "google_vertex"];

    public static string IdOf(string name)
    {
        var id = string.Concat(name.Trim().ToLowerInvariant().Select(c => char.IsWhiteSpace(c) ? '-' : c));
        return id.StartsWith("vertex_ai", StringComparison.Ordinal) ? Vertex : Ids.GetValueOrDefault(id, id);
    }

    /// <summary>xAI charges the higher price from its number of tokens on; the others above theirs.</summary>
    public static bool StartsTiersAtTheirNumber(string id) => id == XAi;

    /// <summary>What the embedded book says of the provider, besides its models; null where it does not know it.</summary>
    public static Dictionary<string, JsonObject> Embedded()
    {
        using var stream = typeof(PriceBook).Assembly.GetManifestResourceStream("prices.json")
            ?? throw new InvalidOperationException("The assembly was built without its prices.");
        using var document = JsonDocument.Parse(stream);
        return document.RootElement.GetProperty("providers").EnumerateArray().ToDictionary(p => p.GetProperty("id").GetString()!, Names);
    }

    /// <summary>Names of a provider that the embedded book does not have.</summary>
    public static JsonObject OwnNames(string id) =>
        id == Vertex ? new JsonObject { ["name"] = "Google Vertex AI", ["alias"] = FeedNames.Exactly(VertexNames) } : [];

    private static JsonObject Names(JsonElement provider)
    {
        var names = new JsonObject();
        foreach (var field in provider.EnumerateObject().Where(f => f.Name is "name" or "alias" or "infer" or "fallback"))
        {
            names[field.Name] = JsonNode.Parse(field.Value.GetRawText());
        }

        return names;
    }
}
