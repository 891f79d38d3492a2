using System.Text.Json;

namespace LlmTelemetry.Usage;

/// <summary>Where in an answer, or an event of a stream, the usage and the names stand.</summary>
internal sealed class BodyEnvelope
{
    /// <summary>Bedrock's own count at the end of the stream of any model.</summary>
    public const string InvocationMetrics = "amazon-bedrock-invocationMetrics";

    private const string NotSaid = "not_available";

    // Events wrap the answer, or what is new of it; so do the lines of batch results. A user's own metadata may stand under any name, so
    // names are taken from the answer alone.
    private static readonly string[][] Answers = [[], ["message"], ["response"], ["response", "body"], ["result", "message"]];
    private static readonly string[][] Places = [.. Answers, ["metadata"], ["delta"], ["x_groq"]];
    private static readonly string[] UsageNames = ["usage", "usageMetadata", "usage_info", "meta", InvocationMetrics];

    private readonly BodyNode _root;
    private readonly List<BodyNode> _answers = [];

    public BodyEnvelope(JsonElement root, string? provider)
    {
        Provider = provider ?? "";
        _root = new BodyNode(root);
        Kind = _root.Text("type", "event_type", "object") ?? "";
        foreach (var path in Answers)
        {
            if (At(path) is { IsObject: true } answer)
            {
                _answers.Add(answer);
            }
        }
    }

    public string Provider { get; }

    /// <summary>What the event or the answer calls itself: <c>message_delta</c>, <c>response.done</c>, <c>chat.completion</c>; empty: nothing.</summary>
    public string Kind { get; }

    public IReadOnlyList<BodyNode> Parts => _answers;

    public string? Model => Said(static answer => answer.Text("model", "modelVersion"));

    public string? ResponseId => Said(static answer => answer.Text("id", "responseId", "response_id"));

    // A batch's results say default in their own bodies.
    public string? ServiceTier => IsBatchResult ? "batch" : SaidTier.Of(Said(static answer => TierIn(answer))) ?? SaidTier.Of(TierOfConverse(At(["metadata"])));

    /// <summary>Whether another answer begins, or is here as a whole, in a stream that may hold several.</summary>
    public bool StartsAnswer => Kind is "message_start" or "message" or "response.done" || IsBatchResult;

    /// <summary>Whether it is about a call beside this one: the model that writes down what was said in a realtime session has prices of its own.</summary>
    public bool IsOfAnotherModel => Kind.StartsWith("conversation.item.input_audio_transcription.", StringComparison.Ordinal);

    /// <summary>Whether there is something in the place of the usage that can be none.</summary>
    public bool HasMalformedUsage => _answers.Exists(static answer => answer.HasAny("usage", "usageMetadata") && !answer["usage"].IsObject && !answer["usageMetadata"].IsObject);

    /// <summary>What may be the usage, the likeliest first; last the body itself, which may be nothing but a usage object.</summary>
    public IEnumerable<(string Name, JsonElement Json)> Candidates()
    {
        foreach (var path in Places)
        {
            var part = At(path);
            foreach (var name in UsageNames)
            {
                if (part[name] is { IsObject: true } usage)
                {
                    yield return (name, usage.Json);
                }
            }
        }

        yield return ("", _root.Json);
    }

    /// <summary>The tier as an answer or a usage object has it: a text, or Bedrock's object with a type.</summary>
    public static string? TierIn(BodyNode node) => node.Text("service_tier", "serviceTier", "trafficType") ?? TierOfConverse(node);

    /// <summary>Anthropic's region; its word for an older model is none.</summary>
    public static string? RegionIn(BodyNode usage) => usage.Text("inference_geo") is { } region && region != NotSaid ? region.ToLowerInvariant() : null;

    private bool IsBatchResult => _root.HasAny("custom_id") && _root.HasAny("response", "result");

    private static string? TierOfConverse(BodyNode node) => new BodyNode(node.Json)["serviceTier"].Text("type");

    // The innermost answer is the one that was made.
    private string? Said(Func<BodyNode, string?> what)
    {
        for (var i = _answers.Count - 1; i >= 0; i--)
        {
            if (what(_answers[i]) is { } said)
            {
                return said;
            }
        }

        return null;
    }

    private BodyNode At(string[] path)
    {
        var node = _root;
        foreach (var name in path)
        {
            node = node[name];
        }

        return node;
    }
}
