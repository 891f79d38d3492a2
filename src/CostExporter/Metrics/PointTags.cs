using System.Globalization;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.CostExporter;

/// <summary>The attributes of a point that the ledger knows. Null: not there.</summary>
internal readonly record struct PointTags
{
    public string? Provider { get; init; }

    public string? RequestModel { get; init; }

    public string? ResponseModel { get; init; }

    public string? Operation { get; init; }

    public string? TokenType { get; init; }

    public string? Modality { get; init; }

    public string? UsageType { get; init; }

    public string? Quality { get; init; }

    public string? Outcome { get; init; }

    public string? ErrorType { get; init; }

    public string? User { get; init; }

    public string? Tenant { get; init; }

    public string? Feature { get; init; }

    public string? Tier { get; init; }

    public string? Client { get; init; }

    public string? Environment { get; init; }

    public string? Session { get; init; }

    public string? Conversation { get; init; }

    /// <summary>The SDK's gathering point for what passed its cardinality limit: all other attributes are lost.</summary>
    public bool IsOverflow { get; init; }

    /// <summary>Whose row the point belongs to.</summary>
    public SpendKey Key => IsOverflow
        ? new SpendKey(null, null, Placeholders.Unattributed, null, Placeholders.Unattributed, SpendKeyMore.Of(new SpendKeyParts(Client: Client, Environment: Environment)))
        : new SpendKey(Provider, ResponseModel ?? RequestModel, User, Tenant, Feature, SpendKeyMore.Of(new SpendKeyParts(
            Tier, Client, Environment, Operation == GenAi.OperationChat ? null : Operation, Conversation, Session,
            Outcome: Outcome == Outcomes.Completed ? null : Outcome, Quality: Quality == Qualities.Reported ? null : Quality)));

    /// <summary>Whom calls are attributed to and what priced: what points of the same calls share.</summary>
    public PointTags Who => this with
    {
        Operation = Operation == GenAi.OperationChat ? null : Operation,
        TokenType = null,
        Modality = null,
        UsageType = null,
        Quality = null,
        Outcome = null,
        ErrorType = null,
    };

    /// <summary>These tags and one attribute more.</summary>
    /// <param name="name">The attribute's name.</param>
    /// <param name="boxed">Its value.</param>
    public PointTags With(string name, object? boxed)
    {
        // Some libraries add what they do not know without a value: as good as not there.
        var value = boxed as string ?? Convert.ToString(boxed, CultureInfo.InvariantCulture);
        value = string.IsNullOrEmpty(value) ? null : value;
        return name switch
        {
            GenAi.ProviderName => this with { Provider = value ?? Provider },
            Foreign.System => this with { Provider = Provider ?? value?.ToLowerInvariant() },
            GenAi.RequestModel => this with { RequestModel = value ?? RequestModel },
            Foreign.KernelModel => this with { RequestModel = RequestModel ?? value },
            GenAi.ResponseModel => this with { ResponseModel = value },
            GenAi.OperationName => this with { Operation = value },
            GenAi.TokenType => this with { TokenType = value },
            GenAiLatest.TokenModality => this with { Modality = value },
            Attributes.UsageType => this with { UsageType = value },
            Attributes.CostQuality => this with { Quality = value },
            Attributes.Outcome => this with { Outcome = value },
            Attributes.ErrorType => this with { ErrorType = value },
            Attributes.UserId or Attributes.UserHash => this with { User = value ?? User },
            Foreign.EndUserId => this with { User = User ?? value },
            Attributes.Tenant => this with { Tenant = value },
            Attributes.Feature => this with { Feature = value },
            Attributes.Tier => this with { Tier = value },
            Attributes.Client => this with { Client = value },
            Attributes.DeploymentEnvironment => this with { Environment = value ?? Environment },
            Foreign.DeploymentEnvironment => this with { Environment = Environment ?? value },
            Attributes.SessionId => this with { Session = value },
            GenAi.ConversationId => this with { Conversation = value },
            Attributes.MetricOverflow => this with { IsOverflow = boxed is true },
            _ => this,
        };
    }
}
