namespace LlmTelemetry.Instrumentation;

/// <summary>A client's own provider name as one of the semantic conventions' well-known values where one applies.</summary>
internal static class ProviderNames
{
    private const string AzureOpenAI = "azure.ai.openai";
    private const string AzureInference = "azure.ai.inference";
    private const string Bedrock = "aws.bedrock";
    private const string VertexAI = "gcp.vertex_ai";
    private const string OpenAI = "openai";

    // Hosts that tell more than the name: OpenAI's client is used for every provider that speaks its language.
    private static readonly (string Suffix, string Name)[] CompatibleHosts =
    [
        ("api.x.ai", "x_ai"), ("api.deepseek.com", "deepseek"), ("api.groq.com", "groq"), ("api.mistral.ai", "mistral_ai"),
        ("api.perplexity.ai", "perplexity"), ("api.moonshot.ai", "moonshot_ai"), ("api.moonshot.cn", "moonshot_ai"),
        ("generativelanguage.googleapis.com", "gcp.gemini"), ("openrouter.ai", "openrouter"), ("api.together.xyz", "together"),
        ("api.fireworks.ai", "fireworks"), ("api.cohere.ai", "cohere"), ("api.cohere.com", "cohere"), ("api.anthropic.com", "anthropic"),
    ];

    public static string? Normalize(string? providerName, Uri? server)
    {
        var name = WellKnown(providerName);
        return server is { IsAbsoluteUri: true } ? ByHost(name, server.Host) ?? name : name;
    }

    private static string? WellKnown(string? name)
    {
        var lower = name?.Trim().ToLowerInvariant();
        return lower switch
        {
            null or "" => null,
            "azure" or "azure.openai" or "azure_openai" or "azureopenai" or "az.ai.openai" => AzureOpenAI,
            "azure_ai_inference" or "azure.inference" or "az.ai.inference" => AzureInference,
            "aws" or "bedrock" or "aws_bedrock" or "amazon" or "amazon.bedrock" or "amazon_bedrock" => Bedrock,
            "vertex" or "vertexai" or "vertex_ai" or "google.vertexai" => VertexAI,
            "google" or "gemini" or "google.gemini" => "gcp.gemini",
            "google_genai" or "google.genai" or "gen_ai" => "gcp.gen_ai",
            "mistral" or "mistralai" => "mistral_ai",
            "xai" or "x-ai" => "x_ai",
            "moonshot" or "moonshotai" => "moonshot_ai",
            "watsonx" or "ibm.watsonx" => "ibm.watsonx.ai",
            _ => lower,
        };
    }

    private static string? ByHost(string? name, string host)
    {
        // Azure's and AWS's clouds of governments and of China have domains of their own.
        if (Under(host, "openai.azure.com") || Under(host, "openai.azure.us") || Under(host, "openai.azure.cn") || Under(host, "cognitiveservices.azure.com"))
        {
            return AzureOpenAI;
        }

        if (Under(host, "services.ai.azure.com") || Under(host, "inference.ai.azure.com"))
        {
            return name is OpenAI or AzureOpenAI ? AzureOpenAI : AzureInference;
        }

        if (host.StartsWith("bedrock", StringComparison.OrdinalIgnoreCase) && (Under(host, "amazonaws.com") || Under(host, "amazonaws.com.cn")))
        {
            return Bedrock;
        }

        if (host.EndsWith("aiplatform.googleapis.com", StringComparison.OrdinalIgnoreCase) || (host.StartsWith("aiplatform.", StringComparison.OrdinalIgnoreCase) && Under(host, "rep.googleapis.com")))
        {
            return VertexAI;
        }

        return name is null or OpenAI ? Array.Find(CompatibleHosts, known => Under(host, known.Suffix)).Name : null;
    }

    private static bool Under(string host, string domain) =>
        host.EndsWith(domain, StringComparison.OrdinalIgnoreCase) && (host.Length == domain.Length || host[^(domain.Length + 1)] == '.');
}
