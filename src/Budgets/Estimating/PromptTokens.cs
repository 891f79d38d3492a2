using Microsoft.Extensions.AI;

namespace LlmTelemetry.Budgets;

/// <summary>Estimates the input tokens of a chat: instructions, messages with all that they hold, the tools' descriptions and schemas, the answer's schema.</summary>
internal static class PromptTokens
{
    /// <summary>An image, of whatever size: about what Anthropic bills for its largest, and more than OpenAI does for most.</summary>
    public const long Image = 1_600;

    /// <summary>Any other medium that is not sent itself (by address, or uploaded before).</summary>
    public const long Medium = 1_600;

    // What marks the begin and the end of each message and its role; and of the answer.
    private const long PerMessage = 4;
    private const long PerRequest = 3;
    private const long PerTool = 10;

    /// <summary>The tokens of a whole prompt.</summary>
    public static long Of(IReadOnlyList<ChatMessage> messages, ChatOptions? options, string? model)
    {
        var tokens = PerRequest;
        for (var i = 0; i < messages.Count; i++)
        {
            var message = messages[i];
            tokens += PerMessage + TextTokens.Of(message.AuthorName, model);
            foreach (var content in message.Contents)
            {
                tokens += Of(content, model);
            }
        }

        return options is null ? tokens : tokens + Of(options, model);
    }

    /// <summary>Whether there is anything to hear in it.</summary>
    public static bool HasAudio(IReadOnlyList<ChatMessage> messages)
    {
        for (var i = 0; i < messages.Count; i++)
        {
            foreach (var content in messages[i].Contents)
            {
                if (content is DataContent { MediaType: { } type } && type.StartsWith("audio/", StringComparison.OrdinalIgnoreCase))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>
    /// Whether the provider counts what is here, and as text: no media, no earlier conversation that it keeps itself, no tools that it runs and reads. Of anything else its count
    /// says nothing of how texts are estimated.
    /// </summary>
    public static bool IsText(IReadOnlyList<ChatMessage> messages, ChatOptions? options)
    {
        if (options?.ConversationId is not null || options?.Tools?.All(static tool => tool is AIFunctionDeclaration) == false)
        {
            return false;
        }

        for (var i = 0; i < messages.Count; i++)
        {
            foreach (var content in messages[i].Contents)
            {
                if (content is not (TextContent or TextReasoningContent or FunctionCallContent or FunctionResultContent { Result: not (AIContent or IEnumerable<AIContent>) }))
                {
                    return false;
                }
            }
        }

        return true;
    }

    /// <summary>The tokens of one content.</summary>
    public static long Of(AIContent content, string? model, int depth = ValueTokens.MaxDepth) => content switch
    {
        TextContent text => TextTokens.Of(text.Text, model),
        TextReasoningContent reasoning => TextTokens.Of(reasoning.Text, model),
        FunctionCallContent call => PerTool + TextTokens.Of(call.Name, model) + ValueTokens.Of(call.Arguments, model, depth),
        FunctionResultContent result => PerTool + ValueTokens.Of(result.Result, model, depth),
        DataContent data => MediumTokens.Of(data),
        UriContent or HostedFileContent => Medium,
        _ => 0,
    };

    private static long Of(ChatOptions options, string? model)
    {
        var tokens = string.IsNullOrEmpty(options.Instructions) ? 0 : PerMessage + TextTokens.Of(options.Instructions, model);
        foreach (var tool in options.Tools ?? [])
        {
            tokens += PerTool + TextTokens.Of(tool.Name, model) + TextTokens.Of(tool.Description, model);
            tokens += tool is AIFunctionDeclaration function ? ValueTokens.Of(function.JsonSchema, model) : 0;
        }

        return options.ResponseFormat is ChatResponseFormatJson { Schema: { } schema } ? tokens + PerTool + ValueTokens.Of(schema, model) : tokens;
    }
}
