using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation;

/// <summary>The generations of the semantic conventions for generative AI that we can speak.</summary>
internal enum Conventions : byte
{
    /// <summary>The last released ones, which Microsoft.Extensions.AI speaks, too.</summary>
    V141,

    /// <summary>The newest text, with counters for tokens; for who opts in.</summary>
    Latest,
}

/// <summary>Facts about each of <see cref="Conventions"/>.</summary>
internal static class ConventionsExtensions
{
    /// <summary>What the value of the environment variable asks for: a list of words, of which others are for other instrumentations.</summary>
    public static Conventions Parse(string? optIn)
    {
        foreach (var word in (optIn ?? "").Split(',', StringSplitOptions.TrimEntries))
        {
            if (word == ConventionsOptIn.Latest)
            {
                return Conventions.Latest;
            }
        }

        return Conventions.V141;
    }

    public static Conventions FromEnvironment() => Parse(Environment.GetEnvironmentVariable(ConventionsOptIn.Variable));

    /// <summary>Where the names are described; null: the text is not released, so there is no schema to state.</summary>
    public static string? SchemaUrl(this Conventions conventions) => conventions == Conventions.V141 ? "https://opentelemetry.io/schemas/1.41.0" : null;

    /// <summary>Whether a model generates the answer: what the newest conventions' metrics of inference are about.</summary>
    public static bool IsInference(string operation) => operation is GenAi.OperationChat or GenAi.OperationGenerateContent or GenAi.OperationTextCompletion;
}
