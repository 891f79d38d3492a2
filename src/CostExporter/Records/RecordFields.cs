using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.CostExporter;

/// <summary>The fields of a record's line (docs/records.md): names of the semantic conventions and of our attributes where they exist.</summary>
internal static class RecordFields
{
    /// <summary>Goes up when lines change in a way that older versions would misread.</summary>
    public const int LatestVersion = 1;

    public const string Version = "version";
    public const string Id = "id";
    public const string Time = "time";
    public const string Duration = "duration";
    public const string FirstChunk = GenAi.ResponseTimeToFirstChunk;
    public const string Operation = GenAi.OperationName;
    public const string Provider = GenAi.ProviderName;
    public const string Model = GenAi.ResponseModel;
    public const string RequestModel = GenAi.RequestModel;
    public const string ResponseId = GenAi.ResponseId;
    public const string ServiceTier = Options.ServiceTier;
    public const string Region = "region";
    public const string User = Attributes.UserId;
    public const string UserHash = Attributes.UserHash;
    public const string Tenant = Attributes.Tenant;
    public const string Feature = Attributes.Feature;
    public const string Conversation = GenAi.ConversationId;
    public const string Session = Attributes.SessionId;
    public const string Tier = Attributes.Tier;
    public const string Client = Attributes.Client;
    public const string Environment = Attributes.DeploymentEnvironment;
    public const string Tags = "tags";
    public const string Outcome = Attributes.Outcome;
    public const string ErrorType = Attributes.ErrorType;
    public const string ErrorText = "error_text";
    public const string Calls = "calls";
    public const string CacheHit = "cache_hit";
    public const string Inconsistent = "usage_inconsistent";
    public const string Quality = Attributes.CostQuality;
    public const string InputTokens = GenAi.UsageInputTokens;
    public const string OutputTokens = GenAi.UsageOutputTokens;
    public const string CacheReadTokens = GenAi.UsageCacheReadInputTokens;
    public const string CacheWriteTokens = GenAi.UsageCacheCreationInputTokens;
    public const string ReasoningTokens = GenAi.UsageReasoningOutputTokens;
    public const string Usage = "usage";
    public const string Kinds = "usage_kinds";
    public const string KindBucket = "bucket";
    public const string KindName = "kind";
    public const string KindCount = "count";
    public const string CostAmount = GenAi.UsageCostAmount;
    public const string CostCurrency = GenAi.UsageCostCurrency;
    public const string Cost = "cost";
    public const string PriceProvider = "price_provider";
    public const string PriceModel = "price_model";
    public const string PriceVersion = Attributes.PriceVersion;
    public const string Charge = Attributes.ChargeAmount;
    public const string Saved = Attributes.UsageSaved;

    /// <summary>In the order in which they are written: the columns of a CSV file.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        Version, Id, Time, Duration, FirstChunk, Operation, Provider, Model, RequestModel, ResponseId, ServiceTier, Region, User, UserHash, Tenant, Feature, Conversation, Session, Tier,
        Client, Environment, Tags, Outcome, ErrorType, ErrorText, Calls, CacheHit, Inconsistent, Quality, InputTokens, OutputTokens, Usage, Kinds, CostAmount, CostCurrency, Cost,
        PriceProvider, PriceModel, PriceVersion, Charge, Saved,
    ];
}
